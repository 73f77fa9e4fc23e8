"""The licence of a distribution, as an SPDX expression where that is certain.

https://packaging.python.org/en/latest/specifications/core-metadata/#license-expression
"""

from __future__ import annotations

from collections.abc import Iterable

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from python_buildpack.environment.sbom.components import License

LONGEST_NAME = 100

# Only those that stand for one licence: "BSD License", "Apache Software License" and others leave
# open which one. https://peps.python.org/pep-0639/#mapping-license-classifiers-to-spdx-identifiers
_CLASSIFIERS = {
    "License :: CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "License :: OSI Approved :: Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "License :: OSI Approved :: Eclipse Public License 1.0 (EPL-1.0)": "EPL-1.0",
    "License :: OSI Approved :: Eclipse Public License 2.0 (EPL-2.0)": "EPL-2.0",
    "License :: OSI Approved :: European Union Public Licence 1.1 (EUPL 1.1)": "EUPL-1.1",
    "License :: OSI Approved :: European Union Public Licence 1.2 (EUPL 1.2)": "EUPL-1.2",
    "License :: OSI Approved :: GNU Affero General Public License v3": "AGPL-3.0-only",
    "License :: OSI Approved :: GNU Affero General Public License v3 or later (AGPLv3+)": (
        "AGPL-3.0-or-later"
    ),
    "License :: OSI Approved :: GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "License :: OSI Approved :: GNU General Public License v2 or later (GPLv2+)": (
        "GPL-2.0-or-later"
    ),
    "License :: OSI Approved :: GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)": (
        "GPL-3.0-or-later"
    ),
    "License :: OSI Approved :: GNU Lesser General Public License v2 or later (LGPLv2+)": (
        "LGPL-2.0-or-later"
    ),
    "License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "License :: OSI Approved :: GNU Lesser General Public License v3 or later (LGPLv3+)": (
        "LGPL-3.0-or-later"
    ),
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: MIT No Attribution License (MIT-0)": "MIT-0",
    "License :: OSI Approved :: Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
    "License :: OSI Approved :: The Unlicense (Unlicense)": "Unlicense",
    "License :: OSI Approved :: Universal Permissive License (UPL)": "UPL-1.0",
    "License :: OSI Approved :: Zero-Clause BSD (0BSD)": "0BSD",
}

# What people write into the old field ``License``, in lower case.
_NAMES = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache 2.0 license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "bsd-3-clause license": "BSD-3-Clause",
    "isc license": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "mpl 2.0": "MPL-2.0",
    "psf-2.0 license": "PSF-2.0",
    "the mit license": "MIT",
    "the mit license (mit)": "MIT",
}


def declared_license(
    expression: str | None, text: str | None, classifiers: Iterable[str]
) -> License:
    """Return what core metadata says of a licence.

    Args:
        expression: the field ``License-Expression``.
        text: the field ``License``: a name, or a whole licence.
    """
    expression, text = " ".join((expression or "").split()), " ".join((text or "").split())
    # Nobody says whether several classifiers mean "and" or "or".
    names = tuple(each for each in classifiers if each.startswith("License ::"))
    by_classifier = _CLASSIFIERS.get(names[0]) if len(names) == 1 else None
    known = _spdx(expression) or _spdx(text) or by_classifier
    if known is not None:
        return License(known)
    if names:
        return License(names=tuple(_CLASSIFIERS.get(each) or _last(each) for each in names))
    line = expression or text
    return License(names=(line,) if 0 < len(line) <= LONGEST_NAME else ())


def _spdx(text: str) -> str | None:
    if len(text) > LONGEST_NAME:
        return None
    try:
        return canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        return _NAMES.get(text.lower())


def _last(classifier: str) -> str:
    return classifier.rpartition(" :: ")[2]
