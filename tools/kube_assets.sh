#!/usr/bin/env bash
# Builds the programs of a real Kubernetes control plane, kubectl and helm from Go modules, and prints the folder they are in.
# The folder outlives the working tree, so a clean clone finds it again; nothing is built while tests/kube/assets stays the same.
set -euo pipefail
cd "$(dirname "$0")/../tests/kube/assets"

version=$(awk '$1 == "k8s.io/kubernetes" && $2 ~ /^v/ {print substr($2, 2); exit}' go.mod)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/eksgpu/kube-assets/$version
stamp=$folder/.built
wanted=$(cat go.mod go.sum helm/go.mod helm/go.sum | cksum)

newer() { # is there a go of at least 1.25?
  command -v go >/dev/null || return 1
  printf '%s\n' go1.25 "$(go env GOVERSION)" | sort --version-sort --check=quiet
}

if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
  printf '%s\n' "$folder"
  exit
fi
if ! newer; then
  echo "no Go 1.25 or newer, so nothing is built: set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver," \
    "kube-controller-manager, kube-scheduler, kubectl and helm ('setup-envtest use $version' fetches most of them)" >&2
  exit 3
fi

mkdir -p "$folder"
exec 9>"$folder.lock" # two runs may want them at once
flock 9
[ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && { printf '%s\n' "$folder"; exit; }

new=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$new"' EXIT
export GOBIN=$new CGO_ENABLED=0 GOTOOLCHAIN=${GOTOOLCHAIN:-auto}
export GOFLAGS="${GOFLAGS:+$GOFLAGS }-mod=readonly"
# Without its version the server calls itself v0.0.0-master, and kubectl warns of it.
package=k8s.io/component-base/version
minor=${version#*.}
go install -trimpath -ldflags "-s -w -X $package.gitVersion=v$version -X $package.gitMajor=${version%%.*} -X $package.gitMinor=${minor%%.*}" tool
mv "$new/server" "$new/etcd" # the folder that etcd's program is in
(cd helm && go install -trimpath -ldflags "-s -w" tool)
mv -f "$new"/* "$folder/"
printf '%s\n' "$wanted" >"$stamp"
printf '%s\n' "$folder"
