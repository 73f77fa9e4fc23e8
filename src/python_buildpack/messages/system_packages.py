"""Where Debian and Ubuntu have what builds of source distributions need, and who needs no build."""

from __future__ import annotations

from types import MappingProxyType

from packaging.utils import canonicalize_name

# Headers by their path in an include directory, libraries by their name for the linker, the names
# that pkg-config and CMake know them by, and programs; in small letters.
_PACKAGES = MappingProxyType(
    {
        "build-essential": "a c compiler|gcc|cc|g++|c++|clang|clang++|make",
        "cargo": "rust|cargo|rustc",
        "cmake": "cmake",
        "default-libmysqlclient-dev": "mysql.h|mysql/mysql.h|mysql_config|mysqlclient|mariadb|"
        "mariadb_config|libmariadb|-lmysqlclient",
        "freetds-dev": "sybdb.h|sqlfront.h|-lsybdb",
        "gfortran": "gfortran",
        "golang-go": "go",
        "libcairo2-dev": "cairo.h|cairo/cairo.h|cairo|-lcairo",
        "libcurl4-openssl-dev": "curl/curl.h|curl-config|libcurl|-lcurl",
        "libffi-dev": "ffi.h|libffi|-lffi",
        "libfreetype-dev": "ft2build.h|freetype2|freetype|-lfreetype",
        "libgdal-dev": "gdal.h|gdal-config|gdal|-lgdal",
        "libgeos-dev": "geos_c.h|geos-config|geos|-lgeos_c",
        "libgirepository1.0-dev": "gobject-introspection-1.0|girepository-1.0",
        "libhdf5-dev": "hdf5.h|hdf5|-lhdf5",
        "libjpeg-dev": "jpeglib.h|jpeg|jpeglib|-ljpeg",
        "libkrb5-dev": "gssapi.h|gssapi/gssapi.h|krb5.h|krb5-config|krb5-gssapi|-lgssapi_krb5",
        "libldap2-dev": "lber.h|ldap.h|-lldap|-llber|-lldap_r",
        "liblz4-dev": "lz4.h|-llz4",
        "liblzma-dev": "lzma.h|-llzma",
        "libmagic-dev": "magic.h|-lmagic",
        "libmemcached-dev": "libmemcached/memcached.h|-lmemcached",
        "libopenblas-dev": "cblas.h|openblas|blas|lapack|-lopenblas|-lblas|-llapack",
        "libpcap-dev": "pcap.h|-lpcap",
        "libpq-dev": "libpq-fe.h|libpq|pg_config|-lpq",
        "librdkafka-dev": "librdkafka/rdkafka.h|rdkafka|-lrdkafka",
        "libsasl2-dev": "sasl/sasl.h|-lsasl2",
        "libsnappy-dev": "snappy-c.h|snappy.h|-lsnappy",
        "libsodium-dev": "sodium.h|libsodium|-lsodium",
        "libsqlite3-dev": "sqlite3.h|-lsqlite3",
        "libssl-dev": "openssl/ssl.h|openssl/opensslv.h|openssl/crypto.h|openssl/evp.h|"
        "openssl/err.h|openssl|libssl|-lssl|-lcrypto",
        "libtiff-dev": "tiffio.h|libtiff-4|tiff|-ltiff",
        "libwebp-dev": "webp/decode.h|webp|-lwebp",
        "libxml2-dev": "libxml/xmlversion.h|libxml/parser.h|libxml2|libxml-2.0|xml2-config|-lxml2",
        "libxmlsec1-dev": "xmlsec/xmlsec.h|xmlsec1|-lxmlsec1",
        "libxslt1-dev": "libxslt/xslt.h|libxslt/xsltconfig.h|libxslt|xslt-config|-lxslt|-lexslt",
        "libyaml-dev": "yaml.h|-lyaml",
        "libzbar-dev": "zbar.h|-lzbar",
        "libzmq3-dev": "zmq.h|libzmq|-lzmq",
        "libzstd-dev": "zstd.h|libzstd|-lzstd",
        "meson": "meson",
        "ninja-build": "ninja",
        "patchelf": "patchelf",
        "pkg-config": "pkg-config",
        "portaudio19-dev": "portaudio.h|-lportaudio",
        "proj-bin and libproj-dev": "proj.h|proj|-lproj",
        "swig": "swig",
        "unixodbc-dev": "sql.h|sqlext.h|odbc_config|-lodbc",
        "zlib1g-dev": "zlib.h|zlib|-lz",
    }
)
_PACKAGE_OF = MappingProxyType(
    {name: package for package, names in _PACKAGES.items() for name in names.split("|")}
)
# The same under another name, with wheels that need nothing of the system.
_WITH_WHEELS = MappingProxyType(
    {
        "mysqlclient": "PyMySQL (with another module name)",
        "psycopg-c": "psycopg[binary]",
        "psycopg2": "psycopg2-binary (or psycopg[binary], of the next generation)",
        "pysqlite3": "pysqlite3-binary",
    }
)


def debian_package(missing: str) -> str | None:
    """Return the package that has a header, library or program; None where it isn't known.

    Args:
        missing: such as ``libpq-fe.h``, ``-lpq``, ``pg_config`` or ``gcc``.
    """
    name = missing.lower()
    # Compilers have the target and version in their names: x86_64-linux-gnu-gcc-12.
    short = name.rpartition("-linux-gnu-")[2].rstrip("0123456789").rstrip("-")
    return _PACKAGE_OF.get(name) or _PACKAGE_OF.get(short)


def wheel_alternative(distribution: str) -> str | None:
    """Return a distribution that does the same and has wheels; None where none is known."""
    return _WITH_WHEELS.get(canonicalize_name(distribution))
