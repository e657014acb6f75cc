"""The built-in copter: a MAVLink vehicle in its own process that answers as ArduCopter 4.7 does, indoors and without GPS."""
