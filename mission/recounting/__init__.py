"""A reconciled run -> the plan of another run that looks again at its doubtful locations, and otherwise than before."""
