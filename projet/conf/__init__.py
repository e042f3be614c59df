"""What settings.py reads the environment with: each variable typed, checked and refused in a sentence."""
