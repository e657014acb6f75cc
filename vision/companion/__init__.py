"""A camera that hangs on this computer: which frame belongs to each photo that the autopilot triggered."""
