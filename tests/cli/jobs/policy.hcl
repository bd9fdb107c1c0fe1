namespace "team-*" {
  policy       = "write"
  capabilities = ["submit-job", "read-logs"]
  variables {
    path "nomad/jobs/*" {
      capabilities = ["read"]
    }
  }
}
node { policy = "read" }
operator { policy = "read" }
