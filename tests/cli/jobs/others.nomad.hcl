job "migrate" {
  type = "batch"
  periodic {
    crons            = ["*/15 * * * *", "@daily"]
    prohibit_overlap = true
    time_zone        = "UTC"
    enabled          = true
  }
  parameterized {
    payload       = "required"
    meta_required = ["who"]
  }
  group "run" {
    task "run" {
      driver = "raw_exec"
      config {
        command = "/bin/sh"
        args = [
          "-c",
          <<-SCRIPT
            set -eu
            echo "${NOMAD_META_who}" | sed 's/#.*//' # a shell's comment
            if [ "$${DEBUG:-no}" = yes ]; then env; fi
            cat <<EOF
            $(date) $PATH
            EOF
          SCRIPT
          ,
        ]
      }
    }
  }
  group "plugin" {
    task "csi" {
      driver = "docker"
      config {
        image = "csi:1"
        args  = ["--node-id=${attr.unique.hostname}", "--endpoint=${CSI_ENDPOINT}"]
      }
      csi_plugin {
        id        = "csi"
        type      = "node"
        mount_dir = "/csi"
      }
    }
  }
  group "gateway" {
    network { mode = "bridge" }
    service {
      name = "gateway"
      connect {
        gateway {
          proxy {
            connect_timeout = "1s"
          }
          ingress {
            listener {
              port     = 8080
              protocol = "tcp"
              service {
                name = "app"
              }
            }
          }
        }
      }
    }
    task "nothing" { driver = "docker" }
  }
}
