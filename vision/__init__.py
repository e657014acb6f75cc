"""Frames to reads to observations: what the pictures say about each location, and how sure that is."""
