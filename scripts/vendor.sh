#!/bin/sh
# Renew desk/static/vendor from the packages named below (needs npm; running the desk does not).
# Only the files that pages use are kept. govuk-frontend is changed in four ways, all visible here:
# its web font, its crest and its source maps are dropped, and text takes the desk's own font stack.
set -eu

GOVUK=6.6.0
TOKENS=1.1.9
ALTCHA=3.2.2

vendor=$(cd "$(dirname "$0")/.." && pwd)/desk/static/vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() { # package version folder
    mkdir -p "$work/$3"
    tarball=$(cd "$work" && npm pack --silent "$1@$2")
    tar xzf "$work/$tarball" -C "$work/$3" --strip-components=1
}

fetch govuk-frontend $GOVUK govuk
fetch @digital-go-jp/design-tokens $TOKENS tokens
fetch altcha $ALTCHA altcha

rm -rf "$vendor"
mkdir -p "$vendor/govuk-frontend-$GOVUK" "$vendor/design-tokens-$TOKENS" "$vendor/altcha-$ALTCHA/workers"

out=$vendor/govuk-frontend-$GOVUK
sed -e 's/@font-face{[^}]*}//g' \
    -e 's/GDS Transport,arial,sans-serif/var(--font-body,sans-serif)/g' \
    -e 's#url(/assets/images/govuk-crest.svg)#none#g' \
    -e 's#/\*\# sourceMappingURL=[^*]*\*/##' \
    "$work/govuk/dist/govuk/govuk-frontend.min.css" >"$out/govuk-frontend.min.css"
sed -e 's#//\# sourceMappingURL=.*##' "$work/govuk/dist/govuk/govuk-frontend.min.js" >"$out/govuk-frontend.min.js"
# The package names its licence (MIT) in its README but does not carry the text; this is the project's own.
cat >"$out/LICENSE.txt" <<'LICENCE'
The MIT License (MIT)

Copyright (C) 2017 Crown Copyright (Government Digital Service)

Permission is hereby granted, free of charge, to any person obtaining a copy of
this software and associated documentation files (the "Software"), to deal in
the Software without restriction, including without limitation the rights to
use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies
of the Software, and to permit persons to whom the Software is furnished to do
so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
LICENCE

cp "$work/tokens/dist/tokens-simple.css" "$vendor/design-tokens-$TOKENS/tokens.css"
cp "$work/tokens/LICENSE" "$vendor/design-tokens-$TOKENS/LICENSE.txt"

# The external build: styles and workers are files of their own, as a policy of 'self' demands.
out=$vendor/altcha-$ALTCHA
cp "$work/altcha/dist/external/altcha.min.js" "$work/altcha/dist/external/altcha.css" "$out/"
cp "$work/altcha/dist/workers/pbkdf2.js" "$work/altcha/dist/workers/sha.js" "$out/workers/"
cp "$work/altcha/dist/i18n/ja.js" "$out/ja.js"
cp "$work/altcha/LICENSE.txt" "$out/LICENSE.txt"

cd "$vendor"
find . -type f ! -name CHECKSUMS.sha256 | LC_ALL=C sort | xargs sha256sum | sed 's# \./# #' >CHECKSUMS.sha256
