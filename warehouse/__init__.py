"""The shared vocabulary of the stages: the building, the camera, the evidence. Never an algorithm of a stage."""
