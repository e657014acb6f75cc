"""A warehouse to fly in: vehicles, camera, stock and planted faults, all simulated and seeded."""
