"""What people print and hang up, at its true size: location tags, pallet labels, a card that tells what a camera reads."""
