using Crm.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace Crm.Web;

/// <summary>
/// Files, pictures and signatures of a form that was sent. They are kept before anything else is looked at, so that nobody has to choose them twice: the form that comes back has them as what is kept already.
/// </summary>
public static class FormUploads
{
    private const int MaxSignature = 400_000;
    private const string SignatureStart = "data:image/png;base64,";

    /// <summary>Keeps what came and puts its place into the answers.</summary>
    /// <param name="request">The request.</param>
    /// <param name="sheet">The form.</param>
    /// <param name="answers">What was typed, by field; changed.</param>
    /// <param name="prefix">Name of the answers in the form: <c>Command.Answers</c>.</param>
    /// <param name="errors">What can't be kept is told beside its field.</param>
    /// <param name="keep">Keeps one file for the record.</param>
    public static async Task TakeAsync(HttpRequest request, FormSheet sheet, Dictionary<string, string[]> answers, string prefix, ModelStateDictionary errors, Func<string, Stream, Task<CustomFile>> keep)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(sheet);
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(errors);
        ArgumentNullException.ThrowIfNull(keep);
        foreach (var f in sheet.Fields.Where(f => f.Kind is FieldKind.Files or FieldKind.Picture or FieldKind.Signature && !sheet.IsShownOnly(f.Name)))
        {
            var name = $"{prefix}[{f.Name}]";
            var texts = answers.GetValueOrDefault(f.Name)?.Where(t => !string.IsNullOrEmpty(t)).ToList() ?? [];
            var drawn = texts.FindLast(t => t.StartsWith("data:", StringComparison.Ordinal));
            texts.RemoveAll(t => t.StartsWith("data:", StringComparison.Ordinal));
            if (f.Kind == FieldKind.Signature && drawn is not null) await OneAsync("signature.png", Drawn(drawn));
            if (request.HasFormContentType)
            {
                foreach (var file in request.Form.Files.GetFiles(name).Where(x => x.Length > 0))
                {
                    await using var content = file.OpenReadStream();
                    if (f.Kind != FieldKind.Files && !await IsPictureAsync(content)) errors.AddModelError(name, Texts.Get("“{0}” is no picture.", file.FileName));
                    else await OneAsync(file.FileName, content);
                }
            }

            if (texts.Count > 0) answers[f.Name] = [.. texts];
            else answers.Remove(f.Name);

            async Task OneAsync(string fileName, Stream? content)
            {
                if (content is null)
                {
                    errors.AddModelError(name, Texts.Get("This signature can't be read."));
                    return;
                }

                try
                {
                    texts.Add((await keep(fileName, content)).ToString());
                }
                catch (InvalidInput e)
                {
                    errors.AddModelError(name, Texts.Get(e.Fields[0].Message, e.Fields[0].Args));
                }
            }
        }
    }

    private static MemoryStream? Drawn(string text)
    {
        if (text.Length > MaxSignature || !text.StartsWith(SignatureStart, StringComparison.Ordinal)) return null;
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text[SignatureStart.Length..], bytes, out var n) && IsPicture(bytes.AsSpan(0, n)) ? new MemoryStream(bytes, 0, n) : null;
    }

    private static async Task<bool> IsPictureAsync(Stream content)
    {
        var head = new byte[12];
        var n = await content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false);
        content.Position = 0;
        return IsPicture(head.AsSpan(0, n));
    }

    // PNG, JPEG, GIF, WebP by their first bytes; what the name says does not count.
    private static bool IsPicture(ReadOnlySpan<byte> b) => b.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47]) || b.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) || b.StartsWith("GIF8"u8) || (b.Length >= 12 && b.StartsWith("RIFF"u8) && b[8..12].SequenceEqual("WEBP"u8));
}
