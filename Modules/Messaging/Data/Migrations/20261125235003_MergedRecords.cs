using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Messaging.Data.Migrations
{
    /// <inheritdoc />
    public partial class MergedRecords : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "merged_records",
                schema: "messaging",
                columns: table => new
                {
                    merge_id = table.Column<Guid>(type: "uuid", nullable: false),
                    record_id = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_merged_records", x => new { x.merge_id, x.record_id });
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "merged_records",
                schema: "messaging");
        }
    }
}
