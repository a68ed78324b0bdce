module expohisto
go 1.25
require github.com/lightstep/go-expohisto v1.0.0
