"""MIG's geometry on Amazon Linux 2023: a unit that cuts the GPUs at every boot, before the kubelet starts.

Instances do not outlive a reboot, so user data leaves a unit behind instead of doing it once. A node whose GPUs could
not be cut must not join: its plugin would offer whole GPUs, and Karpenter would believe it. By construction: no GPU has
been cut by it. Units it stands between: amazon-eks-ami v20260724.
"""

from collections.abc import Sequence

Instances = Sequence[tuple[str, int]]
"""Of one GPU: (profile, first memory slice), the largest first."""

_PROGRAM, _UNIT = "/usr/local/sbin/eksgpu-mig", "/etc/systemd/system/eksgpu-mig.service"
_SCRIPT = r"""#!/bin/bash
set -euo pipefail
trap 'systemctl mask --now --runtime kubelet.service' ERR
layouts=(__LAYOUTS__)
rebooted=/var/lib/eksgpu-mig-rebooted
mode() { nvidia-smi -i "$1" --query-gpu=mig.mode.current --format=csv,noheader; }
systemctl stop nvidia-persistenced.service
gpus=$(nvidia-smi --query-gpu=index --format=csv,noheader | wc -l)
for ((gpu = 0; gpu < gpus; gpu++)); do
  [[ $(mode "$gpu") == Enabled ]] && continue
  nvidia-smi -i "$gpu" -mig 1
  # Ampere changes its mode only on a reset, which NVSwitch machines refuse for one GPU alone.
  [[ $(mode "$gpu") == Enabled ]] || nvidia-smi -i "$gpu" --gpu-reset || true
done
for ((gpu = 0; gpu < gpus; gpu++)); do
  [[ $(mode "$gpu") == Enabled ]] && continue
  [[ ! -e $rebooted ]]
  touch "$rebooted"
  systemctl reboot
  sleep 600
done
for ((gpu = 0; gpu < gpus; gpu++)); do
  nvidia-smi mig -i "$gpu" -lgi >/dev/null 2>&1 && continue
  nvidia-smi mig -i "$gpu" -cgi "${layouts[gpu % ${#layouts[@]}]}" -C
done
systemctl start nvidia-persistenced.service"""
_SERVICE = f"""[Unit]
Description=Cut GPUs into MIG instances
Requires=nvidia-kmod-load.service
After=nvidia-kmod-load.service nvidia-fabricmanager.service
Before=nodeadm-run.service kubelet.service

[Service]
Type=oneshot
RemainAfterExit=true
ExecStart={_PROGRAM}

[Install]
WantedBy=multi-user.target"""


def mig_script(gpus: Sequence[Instances], *, exact: bool) -> str:
    """A shell part of user data.

    gpus:  the instances of each GPU of the node; one entry holds for all.
    exact: name the place of each instance; else the driver finds places itself.
    """
    layouts = " ".join(f'"{",".join(_instance(name, start, exact) for name, start in each)}"' for each in gpus)
    return "\n".join(
        (
            "#!/bin/bash",
            "set -euo pipefail",
            f"cat > {_PROGRAM} <<'PROGRAM'",
            _SCRIPT.replace("__LAYOUTS__", layouts),
            "PROGRAM",
            f"chmod 755 {_PROGRAM}",
            f"cat > {_UNIT} <<'UNIT'",
            _SERVICE,
            "UNIT",
            "systemctl daemon-reload",
            "systemctl enable --now eksgpu-mig.service",
        )
    )


def _instance(profile: str, start: int, exact: bool) -> str:
    return f"{profile}:{start}" if exact else profile
