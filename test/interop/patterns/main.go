// Records what Go's regexp makes of patterns and texts: the Collector's semantics, as data for packages/query/src/patterns/pattern.test.ts.
//
//	go run test/interop/patterns/main.go > packages/query/src/patterns/go-patterns.jsonl
package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"regexp"
)

// Pieces from which patterns are built; the seed is fixed, so that the file changes only with this program.
var atoms = []string{
	"a", "b", "ab", "x", "0", " ", "é", "🙂", ".", `\d`, `\D`, `\w`, `\W`, `\s`, `\S`, `\b`, `\B`, `\.`, `\-`, `\/`, `[ab]`, `[^ab]`, `[a-z0-9]`,
	`[[:alpha:]]`, `[^\d\s]`, `[a\-z]`, `[.:]`, `\pL`, `\p{Lu}`, `\P{Greek}`, "^", "$", `\A`, `\z`, `\x41`, `\x{1F642}`, `\t`, `\n`, "/", "GET", "http",
	"[é-ü]", `\Qa.b\E`, "K", "ſ", "ß", "[k]", "[^x]", "-", "=",
}
var quantifiers = []string{"", "", "", "", "*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?", "+?", "??"}
var flags = []string{"", "", "", "", "(?i)", "(?s)", "(?m)", "(?im)", "(?U)"}
var broken = []string{
	"a(b", "a)b", "[a", "*a", "a**", "+", "a{2}{3}", "(?<n", "(?P<n>a)(?P<n>b)", `\8`, `\`, "(?=a)", "(?!a)", "(?<=a)", "(?<!a)", `(a)\1`, "[z-a]", "a{1001}",
	"(a{100}){100}", `\pX`, `\p{Nonsense}`, "(?z)a", "(?i", "[[:word:]]", "[[:nonsense:]]", `\C`, "x{2,1}", "{", "}", "{2}", "a{,2}", "a{2", "]", "()", "(|a)", "|", "",
	"(?:)", "[]a]", "[^]a]", "[-a]", "[a-]", `\_`, "[a-z-9]", `\cA`, `\x{110000}`, `\u0041`, `\e`, `\Z`, `\G`, "(?P=n)", "(?#c)", "(?>a)", "a++", "(?-i)a", "(?i:a)b",
	"timeout|refused", "^(GET|POST) /", `\.js$`, "^a|b$", "(a|b|c)x", "[.]", "a.c", "[ -]", "[/-:]", "healthz", `^\d\d:\d\d$`, `a\$`, `a\\$`, "a-b",
}
var texts = []string{
	"", "a", "b", "ab", "AB", "abab", "a.b", "x=0", "GET /api/users/42", "get /API", "POST /", "http://example.com/a.js", "línea", "É", "ÀÉ", "🙂", "🙂🙂 a", "a\nb", "a\r\nb", "\n",
	"a\u2028b", "a\u00a0b", "a\vb", "a\tb", "K", "k", "ſ", "s", "S", "ß", "ẞ", "Σσς", "0123456789", "user-7", "timeout after 3 ms", "connection refused", "healthz", "12:34", "a$", `a\`,
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "word word word ", "_", "-", "]", "{2}", "acdbx",
}

type record struct {
	Pattern string `json:"p"`
	// Indexes of the texts that match; nil when Go rejects the pattern.
	Matches []int `json:"m"`
}

func main() {
	random := rand.New(rand.NewSource(1))
	pick := func(list []string) string { return list[random.Intn(len(list))] }
	var expression func(depth int) string
	expression = func(depth int) string {
		text := ""
		for i := 0; i <= random.Intn(4); i++ {
			switch {
			case depth > 0 && random.Intn(4) == 0:
				open := []string{"(", "(?:", "(?P<n" + fmt.Sprint(random.Intn(1000000)) + ">"}[random.Intn(3)]
				text += open + expression(depth-1) + ")" + pick(quantifiers)
			default:
				text += pick(atoms) + pick(quantifiers)
			}
		}
		if random.Intn(5) == 0 {
			text += "|" + expression(depth)
		}
		return text
	}
	patterns := append([]string{}, broken...)
	for len(patterns) < 1800 {
		patterns = append(patterns, pick(flags)+expression(2))
	}
	// The first line has the texts, every other one a pattern.
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.Encode(texts)
	for _, pattern := range patterns {
		compiled, err := regexp.Compile(pattern)
		if err != nil {
			encoder.Encode(record{pattern, nil})
			continue
		}
		matches := []int{}
		for index, text := range texts {
			if compiled.MatchString(text) {
				matches = append(matches, index)
			}
		}
		encoder.Encode(record{pattern, matches})
	}
}
