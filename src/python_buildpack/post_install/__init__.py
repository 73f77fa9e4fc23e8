"""What a build does to the app itself, with the app's own Python."""
