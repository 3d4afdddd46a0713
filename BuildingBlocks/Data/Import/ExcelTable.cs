using System.Globalization;
using Crm.Core;
using ExcelDataReader;

namespace Crm.Data.Import;

/// <summary>The first sheet of an xlsx workbook that holds anything, row by row.</summary>
internal sealed class ExcelTable : TableReader
{
    private const int MaxColumns = 1_000;

    private readonly Stream _file;
    private readonly IExcelDataReader _sheet;
    private readonly string[] _heads;

    public ExcelTable(Stream file)
    {
        _file = file;
        ZipGuard.Check(file);
        try
        {
            _sheet = ExcelReaderFactory.CreateOpenXmlReader(file, new ExcelReaderConfiguration { LeaveOpen = true });
            do
            {
                while (_sheet.Read())
                {
                    var heads = Cells(Math.Min(_sheet.FieldCount, MaxColumns));
                    var last = Array.FindLastIndex(heads, h => h.Length > 0);
                    if (last < 0) continue;
                    _heads = TableFile.Named(heads[..(last + 1)]);
                    return;
                }
            }
            while (_sheet.NextResult());
        }
        catch (Exception e) when (e is not CrmException)
        {
            throw ZipGuard.Unreadable();
        }

        throw new RuleBroken("import.unreadable", "This file is empty.");
    }

    public override IReadOnlyList<string> Heads => _heads;

    public override double? Share => _sheet.RowCount is > 0 and var count ? Math.Min(1, (Row + 1.0) / count) : null;

    public override string[]? Read()
    {
        try
        {
            while (_sheet.Read())
            {
                Row++;
                var cells = Cells(_heads.Length);
                if (!Array.TrueForAll(cells, string.IsNullOrWhiteSpace)) return cells;
            }

            return null;
        }
        catch (Exception e) when (e is not CrmException)
        {
            throw new RuleBroken("import.unreadable", "The workbook is damaged in row {0}.", Row + 1);
        }
    }

    protected override void Dispose(bool disposing)
    {
        _sheet?.Dispose();
        _file.Dispose();
    }

    private string[] Cells(int count)
    {
        var cells = new string[count];
        for (var i = 0; i < count; i++) cells[i] = i < _sheet.FieldCount ? FormulaGuard.Original(Text(i)) : "";
        return cells;
    }

    private string Text(int i) => _sheet.GetValue(i) switch
    {
        null => "",
        string s => s,
        bool b => b ? "1" : "0",
        DateTime d => d.TimeOfDay == TimeSpan.Zero ? d.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : d.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
        double n => Number(n, _sheet.GetNumberFormatString(i)),
        var v => Convert.ToString(v, CultureInfo.InvariantCulture) ?? "",
    };

    // A number that is shown with leading zeros (format 00000000000) is a telephone or an id.
    private static string Number(double n, string? format) =>
        format is { Length: > 1 and <= 20 } && format.All(c => c == '0') && n >= 0 && n == Math.Floor(n) ? n.ToString(format, CultureInfo.InvariantCulture) : n.ToString("0.###############", CultureInfo.InvariantCulture);
}
