id        = "data"
name      = "data"
type      = "csi"
plugin_id = "csi"
capacity_min = "10GiB"

capability {
  access_mode     = "single-node-writer"
  attachment_mode = "file-system"
}

topology_request {
  required {
    topology {
      segments {
        rack = "r1"
      }
    }
  }
}

secrets { key = "x" }
parameters {
  skuname = "Premium_LRS"
}
