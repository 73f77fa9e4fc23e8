"""Programs for developers of the buildpack; none of them is part of it."""
