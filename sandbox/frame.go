package sandbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A frame is the only thing that travels between parent and child:
//
//	"MTSB" | kind, 1 byte | length of the payload, 8 bytes, big endian | payload | CRC-32C of all before, 4 bytes
//
// and then the end of the stream. The length makes a cut visible, and the sum a
// library that wrote into the middle.
const (
	frameMagic  = "MTSB"
	frameHeader = len(frameMagic) + 1 + 8
	frameSum    = 4
)

// kind says what a frame's payload is.
type kind byte

const (
	kindRequest  kind = 'Q' // parent to child: the job's request
	kindResult   kind = 'R' // the job's response
	kindJobError kind = 'E' // the text of the error that the job returned
	kindOutput   kind = 'O' // no payload: the response was longer than Limits.Output
	kindUnsealed kind = 'U' // the child did not run the job, since it cannot be sealed; the text says why
	kindRefused  kind = 'X' // the child did not run the job; the text says why
)

var errTooLong = errors.New("frame is longer than allowed")

// frameEnds gives what stands before and after payload, so that a large payload
// need not be copied to be framed.
func frameEnds(k kind, payload []byte) (header, sum []byte) {
	header = append(header, frameMagic...)
	header = append(header, byte(k))
	header = binary.BigEndian.AppendUint64(header, uint64(len(payload)))
	return header, binary.BigEndian.AppendUint32(nil, checksum(header, payload))
}

func writeFrame(w io.Writer, k kind, payload []byte) error {
	header, sum := frameEnds(k, payload)
	for _, part := range [][]byte{header, payload, sum} {
		if _, err := w.Write(part); err != nil {
			return fmt.Errorf("writing a frame: %w", err)
		}
	}
	return nil
}

// readFrame reads one frame with at most limit bytes of payload, and requires
// that nothing follows it.
func readFrame(r io.Reader, limit int64) (kind, []byte, error) {
	header := make([]byte, frameHeader)
	if _, err := io.ReadFull(r, header); err != nil {
		return 0, nil, fmt.Errorf("reading a frame's header: %w", err)
	}
	if string(header[:len(frameMagic)]) != frameMagic {
		return 0, nil, fmt.Errorf("%q does not begin a frame", header[:len(frameMagic)])
	}
	length := binary.BigEndian.Uint64(header[len(frameMagic)+1:])
	if limit < 0 || length > uint64(limit) {
		return 0, nil, errTooLong
	}
	payload := make([]byte, length)
	if _, err := io.ReadFull(r, payload); err != nil {
		return 0, nil, fmt.Errorf("reading a frame's %d bytes: %w", length, err)
	}
	return kind(header[len(frameMagic)]), payload, checkEnd(r, checksum(header, payload))
}

// checkEnd requires that r holds the sum and nothing else.
func checkEnd(r io.Reader, want uint32) error {
	rest, err := io.ReadAll(io.LimitReader(r, frameSum+1))
	switch {
	case err != nil:
		return fmt.Errorf("reading a frame's end: %w", err)
	case len(rest) < frameSum:
		return fmt.Errorf("reading a frame's end: %w", io.ErrUnexpectedEOF)
	case len(rest) > frameSum:
		return errors.New("bytes follow the frame")
	case binary.BigEndian.Uint32(rest) != want:
		return errors.New("the frame's checksum is wrong")
	}
	return nil
}

func checksum(header, payload []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum(header, table), table, payload)
}
