"""Who comes in: repeated failures, the second factor, single sign-on. Their pages are in projet/sign_in."""
