"""Layout -> lanes -> route -> sorties -> mission items -> flight over MAVLink."""
