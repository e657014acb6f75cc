"""Picture and video files, opened safely; the calibration of the camera that took them."""
