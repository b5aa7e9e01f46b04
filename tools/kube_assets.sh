#!/usr/bin/env bash
# Builds the programs of a real Kubernetes control plane, kubectl and helm from Go modules, and prints the folder they are in;
# Karpenter's CRDs come from its Go module. What is made outlives the working tree, so a clean clone finds it again;
# nothing is built while tests/kube/assets stays the same.
set -euo pipefail
cd "$(dirname "$0")/../tests/kube/assets"

version=$(awk '$1 == "k8s.io/kubernetes" && $2 ~ /^v/ {print substr($2, 2); exit}' go.mod)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/eksgpu
folder=$cache/kube-assets/$version
stamp=$folder/.built
wanted=$(cat go.mod go.sum helm/go.mod helm/go.sum | cksum)

newer() { # is there a go of at least 1.25?
  command -v go >/dev/null || return 1
  printf '%s\n' go1.25 "$(go env GOVERSION)" | sort --version-sort --check=quiet
}

fetch_crds() { # without them one test is skipped, so that they do not come is no failure
  local module=github.com/aws/karpenter-provider-aws new source
  local crds=$cache/karpenter-crds/$(awk '$1 == "require" {print substr($3, 2)}' karpenter/go.mod)
  [ -d "$crds" ] && return
  newer || { echo "no Go 1.25 or newer, so Karpenter's CRDs are not fetched" >&2; return; }
  source=$(cd karpenter && go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p') ||
    { echo "$module cannot be downloaded, so Karpenter's CRDs are missing" >&2; return 0; }
  mkdir -p "$cache/karpenter-crds"
  new=$(mktemp -d "$cache/karpenter-crds/new.XXXXXX")
  cp "$source"/pkg/apis/crds/karpenter*.yaml "$new/"
  mv -T "$new" "$crds" 2>/dev/null || rm -rf "$new" # another run was as quick
}
fetch_crds

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
exec 9>"$cache/kube-assets/.lock" # two runs may want them at once
flock 9
[ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && { printf '%s\n' "$folder"; exit; }

rm -rf "$cache"/kube-assets/new.* # of builds that were killed
new=$(mktemp -d "$cache/kube-assets/new.XXXXXX") # a name that nobody takes for a version
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
