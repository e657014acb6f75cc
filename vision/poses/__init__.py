"""Where photos were really taken: recorded poses, corrected by location tags, by codes in several photos, and by the rack."""
