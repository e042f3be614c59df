"""The pages around signing in, in the admin's look. What they decide is in backoffice/sign_in."""
