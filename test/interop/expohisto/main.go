// Prints histograms of the exponential histogram that the Collector uses: go run . | gzip -9n > vectors.json.gz
package main

import (
	"encoding/json"
	"math"
	"math/rand"
	"os"

	"github.com/lightstep/go-expohisto/structure"
)

// vec is a sequence of values, each with the number of its occurrences, and the histogram of them.
type vec struct {
	MaxSize  int32      `json:"maxSize"`
	Values   []float64  `json:"values"`
	Counts   []uint64   `json:"counts"`
	Scale    int32      `json:"scale"`
	Count    uint64     `json:"count"`
	Zero     uint64     `json:"zeroCount"`
	Sum      float64    `json:"sum"`
	Min      float64    `json:"min"`
	Max      float64    `json:"max"`
	Positive [][2]int64 `json:"positive"`
	Negative [][2]int64 `json:"negative"`
}

// buckets returns the index and count of every bucket that is not empty.
func buckets(b *structure.Buckets) [][2]int64 {
	filled := [][2]int64{}
	for i := uint32(0); i < b.Len(); i++ {
		if count := b.At(i); count > 0 {
			filled = append(filled, [2]int64{int64(b.Offset()) + int64(i), int64(count)})
		}
	}
	return filled
}

func main() {
	r := rand.New(rand.NewSource(13))
	var out []vec
	for i := 0; i < 48; i++ {
		v := vec{MaxSize: []int32{0, 1, 2, 3, 8, 20, 64, 160, 20000, -4}[i%10]}
		n := 1 + r.Intn(24)
		for j := 0; j < n; j++ {
			var x float64
			switch r.Intn(7) {
			case 0:
				x = math.Ldexp(1, r.Intn(40)-20)
			case 1:
				x = 0
			case 2:
				x = -r.ExpFloat64()
			case 3:
				x = float64(r.Intn(5_000_000_000)) / 1e6
			case 4:
				x = math.Exp(r.NormFloat64() * float64(i%12))
			default:
				x = float64(1_000_000+r.Intn(1000)) / 1e6
			}
			v.Values = append(v.Values, x)
			v.Counts = append(v.Counts, uint64(1+r.Intn(3)*r.Intn(200)))
		}
		if i == 9 {
			v.Values = append(v.Values, 5e-324, math.MaxFloat64, 2.2250738585072014e-308)
			v.Counts = append(v.Counts, 1, 1, 1)
		}
		h := new(structure.Histogram[float64])
		h.Init(structure.NewConfig(structure.WithMaxSize(v.MaxSize)))
		for j, x := range v.Values {
			h.UpdateByIncr(x, v.Counts[j])
		}
		v.Scale, v.Count, v.Zero, v.Sum, v.Min, v.Max = h.Scale(), h.Count(), h.ZeroCount(), h.Sum(), h.Min(), h.Max()
		v.Positive, v.Negative = buckets(h.Positive()), buckets(h.Negative())
		out = append(out, v)
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		panic(err)
	}
}
