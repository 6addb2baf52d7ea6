// A verifier of somebody else's making: golang.org/x/mod/sumdb/note opens the signed notes, golang.org/x/mod/sumdb/tlog
// checks roots, tiles and proofs. Here is only what carries bytes to them: C2SP's paths, checkpoints and proofs as text.
//
//	verify note VKEY… < note                              the note's text
//	verify checkpoint ORIGIN VKEY < note                  its size and root
//	verify proof ORIGIN VKEY INDEX LEAF < tlog-proof      nothing
//	verify tiles FOLDER ORIGIN VKEY [OLDER] < checkpoint  the number of entries, each checked against the root
//
// It exits with status 1 and says why on stderr if anything does not hold.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// cosigner verifies C2SP tlog-cosignature, which x/mod does not know: cosignature/v1 of key type 4.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text)
	return ed25519.Verify(c.key, []byte(message), signature[8:])
}

func verifier(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) == 3 {
		key, err := base64.StdEncoding.DecodeString(parts[2])
		if err == nil && len(key) == 33 && key[0] == 4 {
			sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
			hash := binary.BigEndian.Uint32(sum[:])
			if fmt.Sprintf("%08x", hash) != parts[1] {
				return nil, errors.New("the key id is not that of the key")
			}
			return cosigner{parts[0], hash, key[1:]}, nil
		}
	}
	return note.NewVerifier(vkey)
}

// open opens a note that every one of the keys has signed.
func open(bytes []byte, vkeys ...string) (*note.Note, error) {
	var known []note.Verifier
	for _, vkey := range vkeys {
		v, err := verifier(vkey)
		if err != nil {
			return nil, err
		}
		known = append(known, v)
	}
	n, err := note.Open(bytes, note.VerifierList(known...))
	if err != nil {
		return nil, err
	}
	if len(n.Sigs) != len(known) {
		return nil, fmt.Errorf("%d of %d keys have signed", len(n.Sigs), len(known))
	}
	return n, nil
}

// checkpoint reads a C2SP tlog-checkpoint through ParseTree, which reads the same three lines with an origin of its own.
func checkpoint(bytes []byte, origin, vkey string) (tlog.Tree, error) {
	n, err := open(bytes, vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	text := strings.TrimPrefix(n.Text, origin+"\n")
	if text == n.Text {
		return tlog.Tree{}, errors.New("the checkpoint is of another log")
	}
	return tlog.ParseTree([]byte("go.sum database tree\n" + text))
}

func proof(text []byte, origin, vkey string, index int64, leaf []byte) error {
	head, signed, _ := bytes.Cut(text, []byte("\n\n"))
	tree, err := checkpoint(signed, origin, vkey)
	if err != nil {
		return err
	}
	lines := strings.Split(string(head), "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || lines[1] != fmt.Sprintf("index %d", index) {
		return errors.New("no proof of this index")
	}
	var path tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		path = append(path, hash)
	}
	return tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(leaf))
}

// folder has the tiles of a log under the paths at which C2SP tlog-tiles serves them, which have no height.
type folder string

func (f folder) Height() int                                { return 8 }
func (f folder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (f folder) ReadTiles(tiles []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range tiles {
		bytes, err := f.read(tile)
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

func path(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
	return strings.Replace(path, "tile/data/", "tile/entries/", 1)
}

func (f folder) read(tile tlog.Tile) ([]byte, error) {
	return os.ReadFile(filepath.Join(string(f), path(tile)))
}

// stored are the hashes of a tree, computed from its entries.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) (hashes []tlog.Hash, err error) {
	for _, index := range indexes {
		hashes = append(hashes, s[index])
	}
	return hashes, nil
}

// add adds the entries of a bundle that has this many.
func (s stored) add(first int64, bundle []byte, width int) (stored, error) {
	count := 0
	for ; len(bundle) > 0; count++ {
		if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
			return nil, errors.New("the bundle is cut")
		}
		end := 2 + int(binary.BigEndian.Uint16(bundle))
		hashes, err := tlog.StoredHashes(first+int64(count), bundle[2:end], s)
		if err != nil {
			return nil, err
		}
		s, bundle = append(s, hashes...), bundle[end:]
	}
	if count != width {
		return nil, fmt.Errorf("the bundle of entry %d has %d entries", first, count)
	}
	return s, nil
}

// tilesOf are the tiles of a tree as it is now: the full ones and the last one of each level; with level -1, its bundles.
func tilesOf(size int64, level int) (tiles []tlog.Tile) {
	count := size
	if level > 0 {
		count = size >> uint(8*level)
	}
	for n := int64(0); n*256 < count; n++ {
		width := count - n*256
		if width > 256 {
			width = 256
		}
		tiles = append(tiles, tlog.Tile{H: 8, L: level, N: n, W: int(width)})
	}
	return tiles
}

// tiles checks the entries against the root, the tiles against the entries, and that an older checkpoint, if there is one,
// begins the log. The tiles are compared one by one, since the TileHashReader of x/mod 0.7.0 passes over some: it checks
// tiles against their parents from number len(stx) on, although several of the stx hashes may lie in one tile.
func tiles(f folder, signed []byte, origin, vkey string, older []byte) (int64, error) {
	tree, err := checkpoint(signed, origin, vkey)
	if err != nil {
		return 0, err
	}
	var hashes stored
	for _, bundle := range tilesOf(tree.N, -1) {
		bytes, err := f.read(bundle)
		if err != nil {
			return 0, err
		}
		if hashes, err = hashes.add(bundle.N*256, bytes, bundle.W); err != nil {
			return 0, err
		}
	}
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return 0, err
	}
	if root != tree.Hash {
		return 0, errors.New("the entries do not give the root")
	}
	for level := 0; tree.N>>uint(8*level) > 0; level++ {
		for _, tile := range tilesOf(tree.N, level) {
			want, err := tlog.ReadTileData(tile, hashes)
			if err != nil {
				return 0, err
			}
			got, err := f.read(tile)
			if err != nil {
				return 0, err
			}
			if !bytes.Equal(want, got) {
				return 0, fmt.Errorf("%s is not the tree’s", path(tile))
			}
		}
	}
	if older == nil {
		return tree.N, nil
	}
	before, err := checkpoint(older, origin, vkey)
	if err != nil {
		return 0, err
	}
	grown, err := tlog.ProveTree(tree.N, before.N, tlog.TileHashReader(tree, f))
	if err != nil {
		return 0, err
	}
	return tree.N, tlog.CheckTree(grown, tree.N, tree.Hash, before.N, before.Hash)
}

func run(args []string, input []byte) (err error) {
	switch {
	case len(args) > 1 && args[0] == "note":
		n, err := open(input, args[1:]...)
		if err == nil {
			fmt.Print(n.Text)
		}
		return err
	case len(args) == 3 && args[0] == "checkpoint":
		tree, err := checkpoint(input, args[1], args[2])
		if err == nil {
			fmt.Println(tree.N, tree.Hash)
		}
		return err
	case len(args) == 5 && args[0] == "proof":
		index, err := strconv.ParseInt(args[3], 10, 64)
		if err != nil {
			return err
		}
		return proof(input, args[1], args[2], index, []byte(args[4]))
	case len(args) >= 4 && args[0] == "tiles":
		var older []byte
		if len(args) > 4 {
			if older, err = os.ReadFile(args[4]); err != nil {
				return err
			}
		}
		count, err := tiles(folder(args[1]), input, args[2], args[3], older)
		if err == nil {
			fmt.Println(count)
		}
		return err
	}
	return errors.New("usage: verify note|checkpoint|proof|tiles …")
}

func main() {
	input, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = run(os.Args[1:], input)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
