"""A plan, flown over MAVLink: upload, watch, act on failures, write down photos and poses."""
