"""Several drones at once: who may take off, how far each may go on, and what becomes of the others when one fails."""
