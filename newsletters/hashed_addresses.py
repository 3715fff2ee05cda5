"""The keyed hash of `newsletters.models.address_hash`, computed in the database."""

import hashlib

from django.conf import settings
from django.db.models import Func, TextField

BLOCK_SIZE = 64


class AddressHash(Func):
    """The keyed hash of `newsletters.models.address_hash`, computed in the database from the same key.

    HMAC-SHA-256 written out: PostgreSQL has sha256() built in, HMAC only in an extension.
    """

    arity = 1
    output_field = TextField()
    template = (
        "encode(sha256(%(outer)s || sha256(%(inner)s || "
        "convert_to(lower(btrim(%(expressions)s)), 'UTF8'))), 'hex')"
    )

    def as_sql(self, compiler, connection, **context):
        """Put the two padded keys in."""
        return super().as_sql(compiler, connection, **_padded_keys(), **context)


def address_hash_sql(text: str) -> str:
    """Return AddressHash of an SQL expression as SQL."""
    return AddressHash.template % {**_padded_keys(), "expressions": text}


def _padded_keys() -> dict[str, str]:
    """Return the key as HMAC pads it, as SQL literals: hex digits cannot end them."""
    padded = _suppression_key().ljust(BLOCK_SIZE, b"\0")
    inner = bytes(byte ^ 0x36 for byte in padded).hex()
    outer = bytes(byte ^ 0x5C for byte in padded).hex()
    return {"inner": f"'\\x{inner}'::bytea", "outer": f"'\\x{outer}'::bytea"}


def _suppression_key() -> bytes:
    """Return the key of `address_hash` as HMAC uses it: hashed where it is longer than a block."""
    key = f"newsletters.suppression:{settings.SECRET_KEY}".encode()
    return hashlib.sha256(key).digest() if len(key) > BLOCK_SIZE else key
