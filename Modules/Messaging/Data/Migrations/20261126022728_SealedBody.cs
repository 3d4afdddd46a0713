using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Messaging.Data.Migrations
{
    /// <inheritdoc />
    public partial class SealedBody : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "sealed_body",
                schema: "messaging",
                table: "messages",
                type: "text",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "sealed_body",
                schema: "messaging",
                table: "messages");
        }
    }
}
