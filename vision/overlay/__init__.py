"""What was found, drawn onto the photos, for a person who wonders why."""
