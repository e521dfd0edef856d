module github.com/meshtopo/meshtopo/e2e/faults

go 1.26.0
