"""Who comes in: repeated failures, the second factor, single sign-on. Pages: projet/views/sign_in."""
