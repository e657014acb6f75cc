"""Photos and videos of somebody else's drone or camera, brought into a run with their poses."""
