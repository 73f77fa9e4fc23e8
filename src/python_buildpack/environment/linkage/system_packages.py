"""What is known of libraries by their names: who has them, and which need not be in the image."""

from __future__ import annotations

import re

# By soname: the package of Debian and Ubuntu. Newer releases have some under a longer name
# (libglib2.0-0t64), and take the name here for it.
_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLU.so.1": "libglu1-mesa",
    "libGLX.so.0": "libglx0",
    "libGLdispatch.so.0": "libglvnd0",
    "libICE.so.6": "libice6",
    "libOpenGL.so.0": "libopengl0",
    "libSDL2-2.0.so.0": "libsdl2-2.0-0",
    "libSM.so.6": "libsm6",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libXcomposite.so.1": "libxcomposite1",
    "libXcursor.so.1": "libxcursor1",
    "libXdamage.so.1": "libxdamage1",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libXft.so.2": "libxft2",
    "libXi.so.6": "libxi6",
    "libXinerama.so.1": "libxinerama1",
    "libXrandr.so.2": "libxrandr2",
    "libXrender.so.1": "libxrender1",
    "libXss.so.1": "libxss1",
    "libXt.so.6": "libxt6",
    "libXtst.so.6": "libxtst6",
    "libaio.so.1": "libaio1",
    "libasound.so.2": "libasound2",
    "libatomic.so.1": "libatomic1",
    "libbrotlicommon.so.1": "libbrotli1",
    "libbrotlidec.so.1": "libbrotli1",
    "libbz2.so.1.0": "libbz2-1.0",
    "libcairo.so.2": "libcairo2",
    "libcairo-gobject.so.2": "libcairo-gobject2",
    "libcrypt.so.1": "libcrypt1",
    "libcrypto.so.3": "libssl3",
    "libcups.so.2": "libcups2",
    "libcurl-gnutls.so.4": "libcurl3-gnutls",
    "libcurl.so.4": "libcurl4",
    "libdbus-1.so.3": "libdbus-1-3",
    "libdrm.so.2": "libdrm2",
    "libexpat.so.1": "libexpat1",
    "libffi.so.8": "libffi8",
    "libfftw3.so.3": "libfftw3-double3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libfribidi.so.0": "libfribidi0",
    "libgbm.so.1": "libgbm1",
    "libgcc_s.so.1": "libgcc-s1",
    "libgdk_pixbuf-2.0.so.0": "libgdk-pixbuf-2.0-0",
    "libgeos_c.so.1": "libgeos-c1v5",
    "libgfortran.so.5": "libgfortran5",
    "libgio-2.0.so.0": "libglib2.0-0",
    "libgirepository-1.0.so.1": "libgirepository-1.0-1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgmodule-2.0.so.0": "libglib2.0-0",
    "libgmp.so.10": "libgmp10",
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libharfbuzz.so.0": "libharfbuzz0b",
    "libibverbs.so.1": "libibverbs1",
    "libjpeg.so.62": "libjpeg62-turbo",
    "libjpeg.so.8": "libjpeg-turbo8",
    "libkrb5.so.3": "libkrb5-3",
    "liblber-2.5.so.0": "libldap-2.5-0",
    "liblber.so.2": "libldap2",
    "liblcms2.so.2": "liblcms2-2",
    "libldap-2.5.so.0": "libldap-2.5-0",
    "libldap.so.2": "libldap2",
    "liblz4.so.1": "liblz4-1",
    "liblzma.so.5": "liblzma5",
    "libmagic.so.1": "libmagic1",
    "libmariadb.so.3": "libmariadb3",
    "libmemcached.so.11": "libmemcached11",
    "libmpc.so.3": "libmpc3",
    "libmpfr.so.6": "libmpfr6",
    "libmysqlclient.so.21": "libmysqlclient21",
    "libncursesw.so.6": "libncursesw6",
    "libnspr4.so": "libnspr4",
    "libnss3.so": "libnss3",
    "libnuma.so.1": "libnuma1",
    "libodbc.so.2": "libodbc2",
    "libopenblas.so.0": "libopenblas0",
    "libopenjp2.so.7": "libopenjp2-7",
    "libopus.so.0": "libopus0",
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangocairo-1.0.so.0": "libpangocairo-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libpng16.so.16": "libpng16-16",
    "libportaudio.so.2": "libportaudio2",
    "libpq.so.5": "libpq5",
    "libpulse.so.0": "libpulse0",
    "librdkafka.so.1": "librdkafka1",
    "librdmacm.so.1": "librdmacm1",
    "libreadline.so.8": "libreadline8",
    "libsasl2.so.2": "libsasl2-2",
    "libsnappy.so.1": "libsnappy1v5",
    "libsndfile.so.1": "libsndfile1",
    "libsodium.so.23": "libsodium23",
    "libspatialindex.so.6": "libspatialindex6",
    "libsqlite3.so.0": "libsqlite3-0",
    "libssl.so.3": "libssl3",
    "libstdc++.so.6": "libstdc++6",
    "libsybdb.so.5": "libsybdb5",
    "libsystemd.so.0": "libsystemd0",
    "libtbb.so.12": "libtbb12",
    "libtdsodbc.so": "tdsodbc",
    "libtesseract.so.5": "libtesseract5",
    "libtiff.so.6": "libtiff6",
    "libudev.so.1": "libudev1",
    "libusb-1.0.so.0": "libusb-1.0-0",
    "libuuid.so.1": "libuuid1",
    "libvips.so.42": "libvips42",
    "libwebp.so.7": "libwebp7",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxml2.so.2": "libxml2",
    "libxmlsec1.so.1": "libxmlsec1",
    "libxmlsec1-openssl.so.1": "libxmlsec1-openssl",
    "libxslt.so.1": "libxslt1.1",
    "libexslt.so.0": "libxslt1.1",
    "libyaml-0.so.2": "libyaml-0-2",
    "libz.so.1": "zlib1g",
    "libzbar.so.0": "libzbar0",
    "libzmq.so.5": "libzmq5",
    "libzstd.so.1": "libzstd1",
}

# Of these, the package has the number of the soname: libgdal.so.32 is of libgdal32.
_NUMBERED_PACKAGES = {
    "libavcodec": "libavcodec",
    "libavformat": "libavformat",
    "libavutil": "libavutil",
    "libgdal": "libgdal",
    "libicudata": "libicu",
    "libicui18n": "libicu",
    "libicuuc": "libicu",
    "libproj": "libproj",
    "libprotobuf": "libprotobuf",
    "libswscale": "libswscale",
}
_NUMBERED = re.compile(r"(lib\w+)\.so\.(\d+)")

# What the node brings along where it has a graphics processor, and the libraries of the processor's
# vendor, which a run image may have although the build image doesn't.
_GRAPHICS = re.compile(
    r"lib(?:cuda|cudart|cublas\w*|cudnn\w*|cufft\w*|cufile\w*|curand|cusolver\w*|cusparse\w*"
    r"|cupti|nccl|nv\w+|nvidia-.+|amdhip64|hip\w+|hsa-runtime64|roc(?!k)\w+|rccl|MIOpen|OpenCL"
    r"|ze_loader|sycl)\.so(?:\.[\d.]+)?"
)
# The interpreter has it in itself. https://peps.python.org/pep-0513/#libpythonx-y-so-1
_LIBPYTHON = re.compile(r"libpython\d.*\.so.*")

# Modules that a distribution tries to import, and does without.
_OPTIONAL = {
    "numba": re.compile(r"lib(?:tbb|gomp)\.so\.[\d.]+"),
    "torchaudio": re.compile(r"lib(?:av\w+|sw\w+|sox|postproc)\.so(?:\.\d+)?"),
    "torchcodec": re.compile(r"lib(?:av\w+|sw\w+|postproc)\.so\.\d+"),
}


def system_package(library: str) -> str | None:
    """Return the package of Debian and Ubuntu that has a library, if it is known."""
    if library in _PACKAGES:
        return _PACKAGES[library]
    match = _NUMBERED.fullmatch(library)
    if match is None or match[1] not in _NUMBERED_PACKAGES:
        return None
    return f"{_NUMBERED_PACKAGES[match[1]]}{match[2]}"


def is_provided_at_run_time(library: str) -> bool:
    """Tell whether a library is none of the build image's business."""
    return bool(_LIBPYTHON.fullmatch(library) or _GRAPHICS.fullmatch(library))


def is_optional(library: str, distribution: str | None) -> bool:
    """Tell whether a distribution is known to work without a library."""
    pattern = _OPTIONAL.get(distribution or "")
    return pattern is not None and pattern.fullmatch(library) is not None
