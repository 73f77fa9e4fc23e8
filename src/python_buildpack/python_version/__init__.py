"""Which Python the app gets, and why."""
