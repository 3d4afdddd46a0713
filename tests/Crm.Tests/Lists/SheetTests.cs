using System.IO.Compression;
using System.Text;
using System.Xml.Linq;
using Crm.Core;

namespace Crm.Tests.Lists;

public sealed class SheetTests
{
    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0")]
    [InlineData("+989121234567", "+989121234567")]
    [InlineData("+98 912 123 45 67", "+98 912 123 45 67")]
    [InlineData("-12.5", "-12.5")]
    [InlineData("0123", "0123")]
    [InlineData("'=1", "''=1")]
    public void A_cell_that_a_spreadsheet_would_compute_is_neutral_and_a_phone_number_stays(string text, string cell) => SheetWriter.Neutral(text).Should().Be(cell);

    [Fact]
    public async Task A_csv_file_holds_quotes_commas_lines_and_Persian_as_they_are()
    {
        using var to = new MemoryStream();
        await using (var sheet = SheetWriter.Csv(to))
        {
            await sheet.RowAsync(["نام", "مبلغ", "روز"]);
            await sheet.RowAsync(["علی، «رضا» \"x\"", 12.5m, new DateOnly(2026, 3, 21)]);
            await sheet.RowAsync(["a\nb", null, true]);
        }

        var text = Encoding.UTF8.GetString(to.ToArray());
        text.Should().StartWith("\uFEFFنام,مبلغ,روز\r\n");
        text.Should().Contain("\"علی، «رضا» \"\"x\"\"\",12.5,2026-03-21\r\n").And.EndWith("\"a\nb\",,true\r\n");
    }

    [Fact]
    public async Task An_xlsx_file_is_a_zip_whose_cells_are_typed_and_read_right_to_left()
    {
        using var to = new MemoryStream();
        await using (var sheet = SheetWriter.Xlsx(to, "مخاطبان", rightToLeft: true))
        {
            await sheet.RowAsync(["نام", "عدد"]);
            await sheet.RowAsync(["=cmd & <x>", 7L]);
        }

        using var zip = new ZipArchive(new MemoryStream(to.ToArray()));
        zip.Entries.Select(e => e.FullName).Should().Contain(["[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"]);
        using var part = zip.GetEntry("xl/worksheets/sheet1.xml")!.Open();
        var xml = XDocument.Load(part);
        XNamespace n = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        xml.Descendants(n + "sheetView").Single().Attribute("rightToLeft")!.Value.Should().Be("1");
        var cells = xml.Descendants(n + "row").Last().Elements(n + "c").ToList();
        cells[0].Attribute("t")!.Value.Should().Be("inlineStr", "a text is a text, whatever it begins with");
        cells[0].Value.Should().Be("=cmd & <x>");
        cells[1].Element(n + "v")!.Value.Should().Be("7");
    }
}
