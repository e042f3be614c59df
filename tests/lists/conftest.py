"""People of each role, signed in."""

from tests.pages.conftest import fresh_cache, signed_in  # noqa: F401 - fixtures
