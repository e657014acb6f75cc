"""Layout -> lanes -> route -> sorties -> plan files. Nothing here knows of a vehicle or a link."""
