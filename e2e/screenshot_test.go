package e2e

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// The picture of docs/review.md: its file, and how much of the page is on it, in pixels.
const (
	screenshot = "../docs/review.png"
	tall       = 1500
)

// TestScreenshot takes the picture of docs/review.md; SCREENSHOT=1 writes it, which is what `make screenshot` does. What fonts a system has
// makes pictures differ, so the one in docs is not compared, but it must be one.
func TestScreenshot(t *testing.T) {
	file, _ := reviewPage(t)
	b := openPage(t, file, look{width: wide})
	b.do(chromedp.Click(`label:has([data-place="region/cn-hangzhou"])`), chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	taken := call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng, Clip: &page.Viewport{Width: wide, Height: tall, Scale: 1}, CaptureBeyondViewport: new(true),
	})
	picture, err := png.Decode(bytes.NewReader(taken.Data))
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("SCREENSHOT") != "" {
		var small bytes.Buffer
		encoder := png.Encoder{CompressionLevel: png.BestCompression}
		if err := encoder.Encode(&small, paletted(picture)); err != nil {
			t.Fatal(err)
		}
		write(t, screenshot, small.Bytes())
	}
	kept, err := png.DecodeConfig(bytes.NewReader(read(t, screenshot)))
	if size := picture.Bounds().Size(); err != nil || kept.Width != wide || size != image.Pt(kept.Width, kept.Height) {
		t.Errorf("%s is %d by %d pixels, the picture that was taken now %v (%v): run make screenshot and look at it", screenshot, kept.Width, kept.Height, size, err)
	}
}

// paletted is a picture with the 256 colors that it has most of.
func paletted(picture image.Image) image.Image {
	times := map[color.Color]int{}
	bounds := picture.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			times[picture.At(x, y)]++
		}
	}
	colors := make([]color.Color, 0, len(times))
	for c := range times {
		colors = append(colors, c)
	}
	slices.SortFunc(colors, func(a, b color.Color) int {
		if times[a] != times[b] {
			return times[b] - times[a]
		}
		return int(packed(a)) - int(packed(b))
	})
	small := image.NewPaletted(bounds, colors[:min(len(colors), 256)])
	draw.Draw(small, bounds, picture, bounds.Min, draw.Src)
	return small
}

// packed is a color as a number, for an order of colors.
func packed(c color.Color) uint32 {
	r, g, b, _ := c.RGBA()
	return r>>8<<16 | g>>8<<8 | b>>8
}
