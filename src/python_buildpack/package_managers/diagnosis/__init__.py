"""Why a package manager failed: told by what it printed."""
