// Judges notes, proofs and tile paths by Go's own transparency log packages (golang.org/x/mod/sumdb, Debian's
// golang-golang-x-mod-dev): one JSON object a line comes in, one verdict a line goes out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Kind   string
	Note   []byte
	Vkeys  []string
	Index  int64
	Size   int64
	From   int64
	Hash   []byte
	Root   []byte
	Hashes [][]byte
	Path   string
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<26)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		verdict, err := json.Marshal(judge(asked))
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(out, "%s\n", verdict)
	}
	if err := lines.Err(); err != nil {
		panic(err)
	}
}

// What is refused is null.
func judge(asked question) any {
	switch asked.Kind {
	case "note":
		return judgeNote(asked)
	case "inclusion":
		return tlog.CheckRecord(hashes(asked.Hashes), asked.Size, hash(asked.Root), asked.Index, hash(asked.Hash)) == nil
	case "consistency":
		return tlog.CheckTree(hashes(asked.Hashes), asked.Size, hash(asked.Root), asked.From, hash(asked.Hash)) == nil
	case "tile":
		tile, err := tlog.ParseTilePath(asked.Path)
		if err != nil || tile.H != 8 {
			return nil
		}
		return map[string]any{"level": tile.L, "index": tile.N, "width": tile.W}
	}
	panic("unknown kind " + asked.Kind)
}

func judgeNote(asked question) any {
	var verifiers []note.Verifier
	for _, vkey := range asked.Vkeys {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return nil
		}
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open(asked.Note, note.VerifierList(verifiers...))
	if err != nil {
		return nil
	}
	return map[string]any{"text": opened.Text, "signatures": len(opened.Sigs)}
}

func hash(bytes []byte) (made tlog.Hash) {
	copy(made[:], bytes)
	return made
}

func hashes(all [][]byte) (made []tlog.Hash) {
	for _, bytes := range all {
		made = append(made, hash(bytes))
	}
	return made
}
