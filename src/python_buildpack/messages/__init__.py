"""The wording of every error shown to users, one module for each area."""
