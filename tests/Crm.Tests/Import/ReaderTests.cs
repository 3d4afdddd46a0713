using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Crm.Core;
using Crm.Data.Import;
using FsCheck;
using FsCheck.Fluent;

namespace Crm.Tests.Import;

/// <summary>What files say is read as it was meant: public data sets, encodings, delimiters, and any text there and back.</summary>
public sealed class ReaderTests
{
    private static readonly string s_data = Path.Combine(AppContext.BaseDirectory, "Import", "Data");

    public static TheoryData<string> Spectrum => [.. Directory.GetFiles(Path.Combine(s_data, "csv-spectrum", "csvs"), "*.csv").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Cards => [.. Directory.GetFiles(Path.Combine(s_data, "ez-vcard"), "*.vcf").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Spectrum))]
    public void Csv_spectrum_is_read_as_it_says(string name)
    {
        var csv = new CsvReader(new StreamReader(Path.Combine(s_data, "csv-spectrum", "csvs", name + ".csv")), ',');
        var fields = new List<string>();
        csv.Read(fields).Should().BeTrue();
        var heads = fields.ToArray();
        var rows = new List<Dictionary<string, string>>();
        while (csv.Read(fields)) rows.Add(heads.Zip(fields).ToDictionary(p => p.First, p => p.Second));
        var expected = JsonSerializer.Deserialize<List<Dictionary<string, string>>>(File.ReadAllText(Path.Combine(s_data, "csv-spectrum", "json", name + ".json")))!;
        rows.Should().BeEquivalentTo(expected, o => o.WithStrictOrdering());
    }

    [Theory]
    [MemberData(nameof(Cards))]
    public void Cards_of_many_programs_are_read_to_the_end(string name)
    {
        var rows = Read(File.ReadAllBytes(Path.Combine(s_data, "ez-vcard", name)), out var shape, out var heads);
        shape.Kind.Should().Be(TableKind.VCard);
        var text = File.ReadAllText(Path.Combine(s_data, "ez-vcard", name));
        rows.Should().HaveCountLessThanOrEqualTo(text.ToUpperInvariant().Split("BEGIN:VCARD", StringSplitOptions.None).Length - 1).And.NotBeEmpty();
        rows.Should().OnlyContain(r => r.Length == heads.Count && r.All(c => c.Length < 20_000), "pictures are left out");
        if (name.StartsWith("John_Doe", StringComparison.Ordinal) && !name.Contains("ANDROID", StringComparison.Ordinal)) Cell(rows[0], heads, "Last name").Should().Be("Doe");
    }

    [Fact]
    public void A_card_of_each_version_gives_its_fields()
    {
        var outlook = Read(File.ReadAllBytes(Path.Combine(s_data, "ez-vcard", "outlook-2003.vcf")), out _, out var heads)[0];
        Cell(outlook, heads, "Notes").Should().Be("This is the note field!!\nSecond line\n\nThird line is empty", "quoted-printable of 2.1 with soft line ends");
        (Cell(outlook, heads, "Company"), Cell(outlook, heads, "Department"), Cell(outlook, heads, "Birthday"), Cell(outlook, heads, "City")).Should().Be(("Company, The", "TheDepartment", "1980-03-21", "Austin"));

        var iphone = Read(File.ReadAllBytes(Path.Combine(s_data, "ez-vcard", "John_Doe_IPHONE.vcf")), out _, out _)[0];
        (Cell(iphone, heads, "Mobile"), Cell(iphone, heads, "Home phone"), Cell(iphone, heads, "Work phone"), Cell(iphone, heads, "Fax"), Cell(iphone, heads, "E-mail")).Should().Be(("905-555-1234", "905-666-1234", "905-777-1234", "905-888-1234", "john.doe@ibm.com"));
        Cell(iphone, heads, "First name").Should().Be("John Richter James");

        var four = Read(File.ReadAllBytes(Path.Combine(s_data, "ez-vcard", "rfc6350-example.vcf")), out _, out _)[0];
        (Cell(four, heads, "Work phone"), Cell(four, heads, "Mobile"), Cell(four, heads, "Postal code"), Cell(four, heads, "Birthday")).Should().Be(("+1-418-656-9254", "+1-418-262-6501", "G1V 2M2", ""), "a day without a year is no date");

        var persian = Encoding.ASCII.GetBytes("BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D8=B1=D8=B6=D8=A7=DB=8C=\r\n=DB=8C;=D8=B9=D9=84=DB=8C;;;\r\nTEL;CELL:09123456789\r\nEND:VCARD\r\n");
        var row = Read(persian, out _, out _)[0];
        (Cell(row, heads, "First name"), Cell(row, heads, "Last name")).Should().Be(("علی", "رضایی"));
        var act = () => Read(Encoding.UTF8.GetBytes("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\n"), out _, out _);
        act.Should().Throw<RuleBroken>();
    }

    [Theory]
    [InlineData("utf-8", true)]
    [InlineData("utf-8", false)]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16", false)]
    [InlineData("windows-1256", false)]
    public void Persian_comes_in_every_encoding_with_every_delimiter(string encoding, bool mark)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var of = Encoding.GetEncoding(encoding);
        foreach (var delimiter in TableShape.Delimiters)
        {
            var text = string.Join(delimiter, "نام", "تلفن", "note, or; what") .Replace("note, or; what", "\"note, or; what\"", StringComparison.Ordinal) + "\r\n" + string.Join(delimiter, "آقاي كريمي", "0912", "x") + "\r\n";
            byte[] bytes = [.. mark ? of.GetPreamble() : [], .. of.GetBytes(text)];
            var rows = Read(bytes, out var shape, out var heads);
            (shape.Encoding, shape.Delimiter).Should().Be((encoding, delimiter));
            heads.Should().Equal("نام", "تلفن", "note, or; what");
            rows.Should().ContainSingle().Which.Should().Equal("آقاي كريمي", "0912", "x");
        }
    }

    [Fact]
    public void Whatever_is_written_comes_back()
    {
        var cell = Gen.OneOf(Gen.Elements("=1+1", "+98 912 345 6789", "-5", "@x", "'=x", "''", "a\"b", "a,b;c", "سلام\r\nدنیا", "", "\t=x", " "), ArbMap.Default.GeneratorFor<NonNull<string>>().Select(s => s.Get.Replace("\0", "", StringComparison.Ordinal)));
        Prop.ForAll(Arb.From(Gen.ListOf(Gen.ArrayOf(cell, 4), 3)), rows =>
        {
            var file = new StringWriter();
            var sheet = SheetWriter.Csv(file);
            foreach (var row in rows) sheet.RowAsync(row).GetAwaiter().GetResult();
            var csv = new CsvReader(new StringReader(file.ToString()), ',');
            var fields = new List<string>();
            foreach (var row in rows)
            {
                if (!csv.Read(fields) || !fields.Select(FormulaGuard.Original).SequenceEqual(row)) return false;
            }

            return !csv.Read(fields);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Formulas_are_neutral_in_files_and_telephone_numbers_readable()
    {
        FormulaGuard.Neutral("=HYPERLINK(\"http://x\")").Should().StartWith("'=");
        FormulaGuard.Neutral("+98 912 345 6789").Should().Be("+98 912 345 6789");
        FormulaGuard.Neutral("+1+cmd|' /C calc'!A0").Should().StartWith("'");
        FormulaGuard.Original(FormulaGuard.Neutral("'=x")).Should().Be("'=x");
    }

    [Fact]
    public void A_workbook_is_read_and_a_trap_is_not()
    {
        var rows = Read(Workbook("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>نام</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>تلفن</t></is></c></row><row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>علی</t></is></c><c r=\"B2\"><v>9123456789</v></c></row>"), out var shape, out var heads);
        shape.Kind.Should().Be(TableKind.Excel);
        heads.Should().Equal("نام", "تلفن");
        rows.Should().ContainSingle().Which.Should().Equal("علی", "9123456789");

        var bomb = () => Read(Workbook("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>" + new string('a', 30_000_000) + "</t></is></c></row>"), out _, out _);
        bomb.Should().Throw<RuleBroken>().WithMessage("This workbook unfolds to too much*");
        var garbage = () => Read([.. "PK\x03\x04"u8, .. new byte[500]], out _, out _);
        garbage.Should().Throw<RuleBroken>();
        var endless = () => Read(Encoding.UTF8.GetBytes("a,b\n\"" + new string('x', 300_000)), out _, out _);
        endless.Should().Throw<RuleBroken>();
    }

    private static List<string[]> Read(byte[] bytes, out TableShape shape, out IReadOnlyList<string> heads)
    {
        var file = new MemoryStream(bytes);
        shape = TableFile.Detect(file);
        using var reader = TableFile.Open(file, shape);
        heads = reader.Heads;
        List<string[]> rows = [];
        while (reader.Read() is { } row) rows.Add(row);
        return rows;
    }

    private static string Cell(string[] row, IReadOnlyList<string> heads, string head) => row[heads.ToList().IndexOf(head)];

    private static byte[] Workbook(string rows)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, true))
        {
            Put("[Content_Types].xml", """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>""");
            Put("_rels/.rels", """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>""");
            Put("xl/workbook.xml", """<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>""");
            Put("xl/_rels/workbook.xml.rels", """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>""");
            Put("xl/worksheets/sheet1.xml", $"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>""");

            void Put(string name, string text)
            {
                using var entry = new StreamWriter(zip.CreateEntry(name).Open());
                entry.Write(text);
            }
        }

        return file.ToArray();
    }
}
