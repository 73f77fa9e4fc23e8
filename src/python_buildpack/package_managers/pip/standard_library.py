"""Modules of Python that are taken for distributions."""

from __future__ import annotations

# Part of Python from 3.10 on, and not on PyPI, which refuses these names. Those that it has, most of
# them backports, install without being of any use: argparse, asyncio, dataclasses, enum, typing.
STANDARD_LIBRARY = frozenset(
    {
        *("abc", "array", "atexit", "base64", "bdb", "binascii", "bisect", "builtins", "bz2"),
        *("calendar", "cmath", "cmd", "code", "codecs", "codeop", "collections", "colorsys"),
        *("compileall", "concurrent", "contextlib", "copy", "copyreg", "cprofile", "csv"),
        *("ctypes", "curses", "dbm", "decimal", "difflib", "doctest", "ensurepip", "errno"),
        *("faulthandler", "fcntl", "filecmp", "fileinput", "fnmatch", "fractions", "ftplib"),
        *("gc", "getopt", "getpass", "gettext", "glob", "grp", "gzip", "heapq", "imaplib"),
        *("inspect", "io", "itertools", "json", "keyword", "linecache", "locale", "lzma"),
        *("marshal", "math", "mimetypes", "mmap", "netrc", "numbers", "operator", "optparse"),
        *("os", "pdb", "pickle", "pickletools", "pkgutil", "platform", "plistlib", "poplib"),
        *("posix", "posixpath", "pprint", "profile", "pstats", "pty", "pwd", "py-compile"),
        *("pyclbr", "pydoc", "pyexpat", "queue", "quopri", "random", "re", "reprlib"),
        *("rlcompleter", "runpy", "sched", "select", "shelve", "shlex", "shutil", "signal"),
        *("site", "smtplib", "socket", "socketserver", "sqlite3", "stat", "string", "stringprep"),
        *("struct", "subprocess", "symtable", "sys", "sysconfig", "syslog", "tabnanny"),
        *("tarfile", "tempfile", "termios", "textwrap", "this", "threading", "time", "timeit"),
        *("tkinter", "tokenize", "trace", "traceback", "tracemalloc", "tty", "turtle", "types"),
        *("unicodedata", "urllib", "venv", "warnings", "weakref", "webbrowser", "xml", "xmlrpc"),
        *("zipapp", "zipfile", "zipimport", "zlib", "zoneinfo"),
    }
)
