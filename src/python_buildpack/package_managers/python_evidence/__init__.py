"""Which Python an app that names none was written for, as its pinned dependencies tell."""
