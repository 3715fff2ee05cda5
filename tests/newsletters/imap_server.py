"""A small IMAP server in a thread: one mailbox, the commands a reader of mail needs (RFC 3501, 4315, 6851)."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

LITERAL = re.compile(rb"\{(\d+)\}$")


@dataclass
class Kept:
    """A mail in a folder."""

    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class ImapMailbox:
    """What the server holds and how it shall behave."""

    port: int = 0
    user: str = "retur@tjenesten.example"
    password: str = "p/ss ord"
    capabilities: str = "IMAP4rev1 UIDPLUS MOVE"
    folders: dict[str, list[Kept]] = field(default_factory=lambda: {"INBOX": [], "Behandlet": []})
    commands: list[str] = field(default_factory=list)
    # Break the connection at this command, e.g. "UID STORE".
    drop_at: str = ""
    last_uid: int = 0

    def add(self, raw: bytes, *flags: str) -> Kept:
        """Put a mail into the inbox."""
        self.last_uid += 1
        kept = Kept(self.last_uid, raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), set(flags))
        self.folders["INBOX"].append(kept)
        return kept


class _Talk(socketserver.StreamRequestHandler):
    """One connection."""

    def handle(self) -> None:
        """Greet, then answer line after line."""
        self.folder: list[Kept] = []
        self.wfile.write(b"* OK ready\r\n")
        for line in self.rfile:
            tag, _space, rest = line.decode().strip().partition(" ")
            words = rest.split()
            name = " ".join(words[:2]).upper() if words[0].upper() == "UID" else words[0].upper()
            self.box.commands.append(rest)
            if self.box.drop_at and name.startswith(self.box.drop_at):
                return
            answer = getattr(self, "do_" + name.lower().replace(" ", "_"))(rest)
            self.wfile.write(f"{tag} {answer} done\r\n".encode())
            if name == "LOGOUT":
                return

    @property
    def box(self) -> ImapMailbox:
        """What is shared by all connections."""
        return self.server.box

    def say(self, line: str) -> None:
        """An untagged answer."""
        self.wfile.write(f"* {line}\r\n".encode())

    def do_capability(self, rest: str) -> str:
        self.say(f"CAPABILITY {self.box.capabilities}")
        return "OK"

    def do_login(self, rest: str) -> str:
        right = f'LOGIN {self.box.user} "{self.box.password}"'
        return "OK" if rest == right else "NO [AUTHENTICATIONFAILED] wrong user or password"

    def do_select(self, rest: str) -> str:
        name = rest.split(" ", 1)[1].strip('"')
        if name not in self.box.folders:
            return "NO [NONEXISTENT] no such folder"
        self.folder = self.box.folders[name]
        self.say(f"{len(self.folder)} EXISTS")
        return "OK [READ-WRITE]"

    def do_uid_search(self, rest: str) -> str:
        found = [
            kept
            for kept in self.folder
            if ("UNSEEN" not in rest or "\\Seen" not in kept.flags) and "\\Deleted" not in kept.flags
        ]
        self.say(" ".join(["SEARCH", *[str(kept.uid) for kept in found]]))
        return "OK"

    def do_uid_fetch(self, rest: str) -> str:
        for number, kept in enumerate(self._named(rest), 1):
            if "BODY.PEEK[]" not in rest:
                kept.flags.add("\\Seen")
            self.wfile.write(
                f"* {number} FETCH (UID {kept.uid} BODY[] {{{len(kept.raw)}}}\r\n".encode()
                + kept.raw
                + b")\r\n"
            )
        return "OK"

    def do_uid_store(self, rest: str) -> str:
        for kept in self._named(rest):
            kept.flags |= set(re.findall(r"\\\w+", rest))
        return "OK"

    def do_uid_expunge(self, rest: str) -> str:
        self._remove([kept for kept in self._named(rest) if "\\Deleted" in kept.flags])
        return "OK"

    def do_uid_move(self, rest: str) -> str:
        answer = self.do_uid_copy(rest)
        if answer == "OK":
            self._remove(self._named(rest))
        return answer

    def do_uid_copy(self, rest: str) -> str:
        folder = rest.split(" ", 3)[3].strip('"')
        if folder not in self.box.folders:
            return "NO [TRYCREATE] no such folder"
        self.box.folders[folder] += self._named(rest)
        return "OK"

    def do_logout(self, rest: str) -> str:
        self.say("BYE")
        return "OK"

    def _named(self, rest: str) -> list[Kept]:
        return [kept for kept in self.folder if str(kept.uid) == rest.split()[2]]

    def _remove(self, gone: list[Kept]) -> None:
        self.folder[:] = [kept for kept in self.folder if kept not in gone]


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def running_imap(**behaviour) -> Iterator[ImapMailbox]:
    """Run a server for the time of a test."""
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.box = ImapMailbox(port=server.server_address[1], **behaviour)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server.box
        finally:
            server.shutdown()
            thread.join()
